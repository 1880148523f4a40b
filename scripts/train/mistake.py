"""Mistakes of whoever types a command: told in a sentence that says what to do, without a stack."""
import errno
import sys

FULL = errno.ENOSPC, errno.EDQUOT                    # of a write, which does not name its file


class Mistake(ValueError):
    """A mistake of whoever typed the command."""


def command(main, stopped="stopped"):
    """Runs `main`. A Mistake, and a file that cannot be read or written, end it with a sentence and exit status 1; Ctrl-C with the sentence
    `stopped` and 130."""
    try:
        main()
    except Mistake as mistake:
        sys.exit(str(mistake))
    except OSError as error:
        if not error.filename and error.errno not in FULL:
            raise
        sys.exit(f"{error.filename}: {error.strerror}" if error.filename else error.strerror)
    except KeyboardInterrupt:
        print(stopped, file=sys.stderr)
        sys.exit(130)
