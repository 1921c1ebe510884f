"""What a credit desk asks beyond a decision: whom to review, why a score changed, and a proof."""
