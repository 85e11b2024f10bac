import { createCachedDirectory } from "./cached-directory";
import { type Directory, type DirectoryAnswer, unknown } from "./membership";
import { createStaticDirectory } from "./static-directory";

const minute = 60_000;
const member = (...groups: string[]): DirectoryAnswer => ({ ok: true, membership: { groups, reports: [] } });

/** A directory that answers as told and counts. */
function scripted() {
  const state = { answer: member("a"), asked: [] as string[], now: Date.UTC(2026, 0, 5), wait: Promise.resolve() };
  const directory: Directory = {
    async find(subject) {
      state.asked.push(subject);
      await state.wait;
      return state.answer;
    },
  };
  const clock = () => state.now;
  return {
    state,
    cached: (capacity?: number) => createCachedDirectory(directory, { clock, ...(capacity && { capacity }) }),
  };
}

it("asks once for many requests of a person at once, and not again for five minutes", async () => {
  const { state, cached } = scripted();
  const directory = cached();
  const answers = await Promise.all(Array.from({ length: 50 }, () => directory.find("p")));
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  state.now += 5 * minute - 1;
  await directory.find("p");
  expect(state.asked).toHaveLength(1);
  state.now += 1;
  state.answer = member("b");
  expect(await directory.find("p")).toEqual(member("b"));
  expect(state.asked).toHaveLength(2);
});

it("never gives one person the answer about another", async () => {
  const { state, cached } = scripted();
  const directory = cached();
  const asked = Promise.all([directory.find("p"), directory.find("q")]);
  await asked;
  expect(state.asked).toEqual(["p", "q"]);
});

it("serves what it knew while the directory does not answer, for a quarter of an hour and no longer", async () => {
  const { state, cached } = scripted();
  const directory = cached();
  await directory.find("p");
  state.answer = unknown("directory_unavailable");
  state.now += 14 * minute;
  expect(await directory.find("p")).toEqual(member("a"));
  state.now += minute;
  expect(await directory.find("p")).toEqual(unknown("directory_unavailable"));
  expect(await directory.find("stranger")).toEqual(unknown("directory_unavailable"));
});

it("does not make a membership younger by failing to renew it", async () => {
  const { state, cached } = scripted();
  const directory = cached();
  await directory.find("p");
  state.answer = unknown("directory_throttled");
  for (let minutes = 0; minutes < 14; minutes += 1) {
    state.now += minute;
    expect(await directory.find("p")).toEqual(member("a"));
  }
  state.now += minute;
  expect(await directory.find("p")).toEqual(unknown("directory_throttled"));
});

it.each(["unknown_person", "too_many_memberships"] as const)(
  "takes %s as an answer that replaces what it knew",
  async (problem) => {
    const { state, cached } = scripted();
    const directory = cached();
    await directory.find("p");
    state.answer = unknown(problem);
    state.now += 6 * minute;
    expect(await directory.find("p")).toEqual(unknown(problem));
    state.answer = unknown("directory_unavailable");
    state.now += minute;
    expect(await directory.find("p")).toEqual(unknown("directory_unavailable"));
  },
);

it("leaves a directory that fails alone for a moment", async () => {
  const { state, cached } = scripted();
  const directory = cached();
  state.answer = unknown("directory_unavailable");
  await directory.find("p");
  await directory.find("p");
  expect(state.asked).toHaveLength(1);
  state.now += 2_000;
  state.answer = member("a");
  expect(await directory.find("p")).toEqual(member("a"));
});

it("remembers a bounded number of people, and drops the one not seen for longest", async () => {
  const { state, cached } = scripted();
  const directory = cached(3);
  for (const subject of ["p", "q", "r", "p", "s"]) await directory.find(subject);
  state.asked.length = 0;
  for (const subject of ["p", "r", "s"]) await directory.find(subject);
  expect(state.asked).toEqual([]);
  await directory.find("q");
  expect(state.asked).toEqual(["q"]);
});

it("asks again where the clock was set back", async () => {
  const { state, cached } = scripted();
  const directory = cached();
  await directory.find("p");
  state.now -= minute;
  await directory.find("p");
  expect(state.asked).toHaveLength(2);
});

describe("a directory in the configuration", () => {
  const directory = createStaticDirectory({ p: { groups: ["g"], reports: ["q"] } });

  it("knows whom it names", async () => {
    expect(await directory.find("p")).toEqual({ ok: true, membership: { groups: ["g"], reports: ["q"] } });
  });

  it.each(["q", "__proto__", "constructor", ""])("does not know %j", async (subject) => {
    expect(await directory.find(subject)).toEqual(unknown("unknown_person"));
  });
});
