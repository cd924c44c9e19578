"""Labels as data: what a design says, whether it can be printed, where everything lies, its drawing."""
