"""Commands on credit: decide, read the policy, check the audit trail."""
