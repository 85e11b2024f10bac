#!/bin/sh
# Plans one environment with its read-only identity, for reviewers to approve. Only what identifies the plan leaves the
# job: the plan itself holds secrets.
#
#   ci/plan-deployment.sh ENVIRONMENT
set -eu
environment=$1
plans=$RUNNER_TEMP/plans
code=0
node cli/keyless.cjs ci as "$environment" plan -- \
  node cli/keyless.cjs plan "$environment" --no-lock --out "$plans" --markdown "$RUNNER_TEMP/review.md" \
  ${COMMIT:+--commit "$COMMIT"} ${RUN_URL:+--run-url "$RUN_URL"} || code=$?
case $code in
  0) changes=false ;;
  2 | 3) changes=true ;;
  *) exit "$code" ;;
esac
cat "$RUNNER_TEMP/review.md" >>"$GITHUB_STEP_SUMMARY"
{
  echo "changes=$changes"
  echo "fingerprint=$(node -p 'JSON.parse(fs.readFileSync(process.argv[1], "utf8")).fingerprint' "$plans/manifest.json")"
} >>"$GITHUB_OUTPUT"
