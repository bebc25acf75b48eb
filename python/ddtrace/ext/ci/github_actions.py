"""Where a runner of GitHub Actions writes what its environment does not say."""

import re


JOB_CHECK_RUN_ID_ENV = "JOB_CHECK_RUN_ID"
MAX_DIAG_FILE_SIZE = 10 << 20
DIAG_DIRS_LINUX = ["/home/runner/actions-runner/cached/_diag", "/home/runner/actions-runner/_diag"]
DIAG_DIRS_DARWIN = ["/Users/runner/actions-runner/cached/_diag", "/Users/runner/actions-runner/_diag"]
CHECK_RUN_ID_REGEX = re.compile(r'"k"\s*:\s*"check_run_id"\s*,\s*"v"\s*:\s*([0-9]+)(?:\.0)?')
