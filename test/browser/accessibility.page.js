/**
 * Evaluated in a page: what is wrong with it for people who do not see it, do not use a mouse, or see little contrast.
 * Source: WCAG 2.2, criteria 1.3.1, 1.4.3, 2.4.1, 2.4.2, 2.4.6, 3.1.1 and 4.1.2.
 */
(() => {
  const problems = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  const isShown = (element) => element.checkVisibility();
  const name = (element) => `<${element.tagName.toLowerCase()}> "${(element.textContent ?? "").trim().slice(0, 40)}"`;

  if (document.documentElement.lang === "") problems.push("the language is not told");
  if (document.title === "") problems.push("the page has no title");
  for (const landmark of ["main", "header", "footer", "h1"]) {
    if (all(landmark).length !== 1) problems.push(`expected one <${landmark}>, found ${all(landmark).length}`);
  }
  const first = all("a, button, input, select, textarea").find(isShown);
  if (first?.getAttribute("href") !== "#content")
    problems.push("the first thing in reach does not skip to the content");

  const navigations = all("nav").map((nav) => nav.getAttribute("aria-label"));
  if (navigations.includes(null) || new Set(navigations).size !== navigations.length)
    problems.push("navigations have no labels of their own");

  const levels = all("h1, h2, h3, h4").map((heading) => Number(heading.tagName.slice(1)));
  for (const [index, level] of levels.entries()) {
    const before = levels[index - 1] ?? 0;
    if (level > before + 1) problems.push(`a heading of level ${level} follows one of level ${before}`);
  }

  const ids = all("[id]").map(({ id }) => id);
  for (const id of new Set(ids)) if (ids.filter((other) => other === id).length > 1) problems.push(`id ${id} twice`);
  for (const element of all("[aria-labelledby], [aria-describedby], label[for]")) {
    for (const attribute of ["aria-labelledby", "aria-describedby", "for"]) {
      const id = element.getAttribute(attribute);
      if (id !== null && document.getElementById(id) === null) problems.push(`${attribute}="${id}" names nothing`);
    }
  }
  for (const control of all("input:not([type=hidden]), select, textarea")) {
    if (control.labels.length === 0 && control.getAttribute("aria-label") === null)
      problems.push(`${name(control)} has no label`);
  }
  for (const link of all("a[href], button")) {
    if ((link.textContent ?? "").trim() === "" && link.getAttribute("aria-label") === null)
      problems.push(`${name(link)} says nothing`);
  }
  for (const header of all("th"))
    if (header.getAttribute("scope") === null) problems.push(`${name(header)} has no scope`);
  for (const table of all("table"))
    if (table.getAttribute("aria-labelledby") === null) problems.push("a table has no name");

  const parse = (text) => {
    const [red = 0, green = 0, blue = 0, alpha = 1] = (text.match(/[\d.]+/g) ?? []).map(Number);
    return [red, green, blue, alpha];
  };
  const luminance = ([red, green, blue]) => {
    const [r, g, b] = [red, green, blue].map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const background = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour[3] === 1) return colour;
    }
    return [255, 255, 255, 1];
  };
  for (const element of all("body *")) {
    const hasText = [...element.childNodes].some(
      (node) => node.nodeType === 3 && (node.textContent ?? "").trim() !== "",
    );
    if (!hasText || !isShown(element) || element.closest("style, script, :disabled") !== null) continue;
    const [one, other] = [luminance(parse(getComputedStyle(element).color)), luminance(background(element))];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (ratio < 4.5) problems.push(`${name(element)} has a contrast of ${ratio.toFixed(2)}`);
  }
  return problems;
})();
