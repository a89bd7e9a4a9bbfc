"""Password hashes at the figures that OWASP gives for Argon2id."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2idHasher(Argon2PasswordHasher):
    """Argon2id with 19 MiB, two passes, one lane: about 26 ms a hash."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1
