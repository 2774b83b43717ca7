"""How plugins run 运行情况: what failed at a place, what is set aside, how long hooks take."""
