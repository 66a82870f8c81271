#!/bin/sh
# Pushes what has changed in this folder as a branch, and asks for a review:
# sh scripts/propose.sh BRANCH MESSAGE
#
# It runs in CI only. GitHub needs GH_TOKEN, GitLab needs UPDATE_TOKEN.
set -eu
branch=$1
message=$2

git add --all
if git diff --cached --quiet; then
    echo "Nothing has changed."
    exit
fi
git switch --quiet --force-create "$branch"
git -c user.name=ci -c user.email=ci@localhost commit --quiet --message "$message"

if [ "${GITHUB_ACTIONS-}" ]; then
    gh auth setup-git
    git push --quiet --force origin "$branch"
    # One that is still open shows the new commit.
    if [ "$(gh pr list --head "$branch" --state open --json number)" = "[]" ]; then
        gh pr create --head "$branch" --title "$message" \
            --body "Proposed by a schedule. Review it like any other change."
    fi
else
    # shellcheck disable=SC2016 # The helper expands it.
    # git asks this helper for the token, which stays out of the command line.
    git -c credential.helper= \
        -c credential.helper='!printf "username=ci\npassword=%s\n" "$UPDATE_TOKEN"; :' \
        push --quiet --force --push-option=merge_request.create \
        --push-option=merge_request.title="$message" \
        "$CI_PROJECT_URL.git" "$branch"
fi
