"""Plain values that every room shares: refusals, ids, text and numbers at the edge, canonical bytes. No I/O."""
