"""`python -m app` is the console script."""

from functools import partial

import chassis

main = partial(chassis.main, package="app")

if __name__ == "__main__":
    main()
