"""How customers pay: who began paying later, who always does, who improved, who has gone quiet."""
