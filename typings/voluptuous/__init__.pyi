# Home Assistant answers `import voluptuous` with probatio; so must the type checker,
# or a Schema of ours is not one of theirs.
from probatio import *  # noqa: F403
