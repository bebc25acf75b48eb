"""Small programs that ddtrace 4.16 and Hoofprint run alike: what each sends to an agent must be equal."""
