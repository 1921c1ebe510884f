"""The command as a module, for a process that starts another one: `python -m payrisk.cli`."""

from payrisk.cli import main

main()
