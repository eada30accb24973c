"""The commands of ``ucity``, one a file. A command imports what it needs when it is called, so that all start fast."""
