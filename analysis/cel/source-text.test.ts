import { bracketDepth, conjuncts } from "./source-text";

describe("conjuncts", () => {
  it("splits at the outermost && and keeps each part as written", () => {
    expect(conjuncts("a == 1 &&  b.c( 'x' )&&d")).toEqual(["a == 1", "b.c( 'x' )", "d"]);
  });

  it("looks through brackets around the whole, not through others", () => {
    expect(conjuncts("((a && b))")).toEqual(["a", "b"]);
    expect(conjuncts("(a && b) && (c || d)")).toEqual(["(a && b)", "(c || d)"]);
    expect(conjuncts("[x && y]")).toEqual(["[x && y]"]);
  });

  it("leaves whole what || or ?: join more loosely", () => {
    expect(conjuncts("a && b || c")).toEqual(["a && b || c"]);
    expect(conjuncts("a && b ? c : d && e")).toEqual(["a && b ? c : d && e"]);
  });

  it.each([
    ["a == '&&' && b", ["a == '&&'", "b"]],
    ['a == "\\"&&" && b', ['a == "\\"&&"', "b"]],
    ["a == r'\\' && b", ["a == r'\\'", "b"]],
    ["a == '''x ' && ''' && b", ["a == '''x ' && '''", "b"]],
    ["a // && c\n && b", ["a // && c", "b"]],
    ["a == '||' && b", ["a == '||'", "b"]],
  ])("is not misled by strings and comments in %j", (text, expected) => {
    expect(conjuncts(text)).toEqual(expected);
  });
});

describe("bracketDepth", () => {
  it("counts brackets outside strings only", () => {
    expect(bracketDepth("f([{'a': '((('}])")).toBe(3);
    expect(bracketDepth("'unterminated (")).toBe(0);
  });
});
