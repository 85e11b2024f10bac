/** Texts that mean something to CEL, Terraform, cdktf, a terminal or a reader, for tests that put them into every property. */
export const hostileValues: readonly string[] = [
  "'",
  '"',
  "\\",
  "\\'",
  "' || true || '",
  "\\' || true || \\'",
  "x' in ['x'] || 'a' == 'a",
  "'''",
  "// comment",
  "*",
  " ",
  "a b",
  "a\nb",
  "a\u0000b",
  "a\u2028b",
  "a\u202eb",
  "/../*",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Terraform's templates
  '${file("/etc/passwd")}',
  "%{ if true }x%{ endif }",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: cdktf's tokens
  "${TfToken[TOKEN.999999]}",
  "-1.8881545897087503e+289",
  "日本語",
  "😀",
];
