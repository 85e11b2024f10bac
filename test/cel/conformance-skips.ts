/** Why an expression of the suite is refused here: the words of the refusal, and what is behind them. */
export const notOffered: readonly (readonly [RegExp, string])[] = [
  [
    /^it uses .*\(\), which Google does not offer$/,
    "extensions of cel-go, and dyn(), of which no page of Google's speaks",
  ],
  [/^it makes a message /, "claims are JSON: a condition knows no messages of Protocol Buffers"],
  [
    /^it uses \S+, which is not known here$/,
    "a name that is no variable of the test; Google refuses such a condition, too",
  ],
  [
    /^<input>:1:\d+: found \? but expecting /,
    "the syntax of optional values is an extension that Google does not document",
  ],
  [/^<input>:1:\d+: found [.[(] but expecting end of input$/, "the same, and field names in back quotes"],
  [/^it has a macro inside a macro/, "each level multiplies the work by the size of a claim, which a stranger chooses"],
];

/** Tests that come out otherwise here, each with the reason. None admits where CEL would not. */
export const otherwiseHere: ReadonlyMap<string, string> = new Map([
  ["conversions/string/double", "no page says how Google writes a JSON number as a text: an error, and so no match"],
  ["conversions/string/double_hard", "the same"],
  ["conversions/identity/timestamp", "timestamp() of a number is not documented by Google: an error, and so no match"],
  [
    "fields/qualified_identifier_resolution/map_value_repeat_key_heterogeneous",
    "the library takes 0 and 0u for two keys; claims have texts for keys only",
  ],
]);
