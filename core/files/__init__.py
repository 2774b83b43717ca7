"""Files 附件 that people hand in as evidence: checked, stored, and given out again."""
