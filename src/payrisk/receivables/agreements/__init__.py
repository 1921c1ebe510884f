"""What customers agreed to beside the terms: promises, plans of instalments, early discounts."""
