import type { IdForm } from "./fixed-id";

/** The name of a branch or tag: what would be read as another ref, or as more than one, is none. Source: git-scm.com/docs/git-check-ref-format. */
export const gitNameForm: IdForm = {
  pattern: /^(?![/.-]|refs\/)(?!.*(?:\.\.|\/\/|@\{|\/\.))[^\s\p{C}~^:?*[\\"`${}]{1,244}(?<![/.])$/u,
  rule: "expected the name of a branch or tag, without refs/heads/ or refs/tags/",
};
