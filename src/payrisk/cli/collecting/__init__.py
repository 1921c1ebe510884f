"""Commands on collecting: what was done, what was promised, whom to call, and if it helped."""
