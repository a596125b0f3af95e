"""What operators, steps and tasks cost in seconds, bytes, joules and dollars, from measurements where there are any."""
