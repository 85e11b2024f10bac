#!/bin/sh
# Plans every environment, each with its own read-only identity, and writes one review of all.
#
#   ci/plan-environments.sh PLANS_FOLDER REVIEW_FILE [plan options, such as --refresh-only]
#
# Exit code: the review's (0, 2 or 3), or 1 where an environment could not be planned.
set -eu
plans=$1
review=$2
shift 2
failed=""
saved=""
for environment in dev staging prod; do
  code=0
  node cli/keyless.cjs ci as "$environment" plan -- \
    node cli/keyless.cjs plan "$environment" --no-lock --out "$plans/$environment" "$@" || code=$?
  case $code in
    0 | 2 | 3) saved="$saved --saved $plans/$environment" ;;
    *) failed="$failed $environment" ;;
  esac
done
if [ -n "$failed" ]; then
  echo "Not planned:$failed" >&2
  exit 1
fi
code=0
# shellcheck disable=SC2086 # a list of words
node cli/keyless.cjs review $saved --markdown "$review" ${COMMIT:+--commit "$COMMIT"} ${RUN_URL:+--run-url "$RUN_URL"} \
  >/dev/null || code=$?
exit "$code"
