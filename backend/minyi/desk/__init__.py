"""The staff's side: moderation queue, what is due next, verifications, roles, the audit reader."""
