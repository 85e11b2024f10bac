#!/bin/sh
# Deploys one environment with its deploying identity: plans again, goes on only if that is the plan that was approved, and
# applies exactly it.
#
#   FINGERPRINT=... ci/deploy-environment.sh ENVIRONMENT
set -eu
environment=$1
plans=$RUNNER_TEMP/plans
code=0
node cli/keyless.cjs ci as "$environment" apply -- \
  node cli/keyless.cjs plan "$environment" --out "$plans" --expect "$FINGERPRINT" || code=$?
case $code in
  0 | 2 | 3) ;;
  *) exit "$code" ;;
esac
# The reviewers of the GitHub environment have approved.
node cli/keyless.cjs ci as "$environment" apply -- node cli/keyless.cjs deploy --plan "$plans" --approve
