"""What does each command do? One file for each kind; heavy imports wait until a command runs."""
