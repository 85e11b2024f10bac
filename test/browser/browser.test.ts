import { describeInBrowser } from "./fixture";
import { everyPage } from "./pages";
import { threePeople } from "./rows";
import { aSession } from "./sessions";

jest.setTimeout(180_000);

/** One twin and one browser for all, as both take long to start; the last part moves the twin's clock. */
describeInBrowser("the gateway in a browser", (fixture) => {
  describe("every page", () => everyPage(fixture));
  describe("three people", () => threePeople(fixture));
  describe("a session", () => aSession(fixture));
});
