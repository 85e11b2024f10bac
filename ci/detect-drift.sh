#!/bin/sh
# Compares every environment with the cloud, each with its own read-only identity, and writes one report of all.
#
#   ci/detect-drift.sh PLANS_FOLDER REPORT_FOLDER
#
# Exit code: that of `keyless drift` (0, 2 or 3), or 1 where an environment could not be looked at.
set -eu
plans=$1
reports=$2
mkdir -p "$reports"
saved=""
for environment in dev staging prod; do
  code=0
  node cli/keyless.cjs ci as "$environment" plan -- \
    node cli/keyless.cjs plan "$environment" --refresh-only --no-lock --out "$plans/$environment" >/dev/null || code=$?
  case $code in
    0 | 2 | 3) saved="$saved --saved $plans/$environment" ;;
    *)
      echo "Not looked at: $environment" >&2
      exit 1
      ;;
  esac
done
code=0
# shellcheck disable=SC2086 # a list of words
node cli/keyless.cjs drift $saved --markdown "$reports/drift.md" --sarif "$reports/drift.sarif" \
  ${COMMIT:+--commit "$COMMIT"} ${RUN_URL:+--run-url "$RUN_URL"} >/dev/null || code=$?
exit "$code"
