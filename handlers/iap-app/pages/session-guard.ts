import { createHash } from "node:crypto";

/**
 * The one script, inside every page of a signed-in person; all works without it. Pages outlive sessions: IAP answers a form that is
 * sent after the session's end with a redirect to the sign-in, and what was typed is lost. So before a form is sent, and when a
 * page is looked at again, the script asks the app in the background who is signed in. The answer is not the app's own where a sign-in
 * page, a redirect to it or 401 comes instead (cloud.google.com/iap/docs/sessions-howto): then it says so, and keeps the page as it is. A page
 * that comes back from the browser's memory, such as by the back button after signing out, is fetched anew.
 */
export const sessionGuard = `
(() => {
  const { identity, principal, signIn } = document.body.dataset;
  const notice = document.getElementById("session");
  const words = {
    ended: "Your session has ended. Sign in again in a new tab, then come back: what you typed here is still there.",
    other: "Another person has signed in since this page was opened. Reload the page before you go on.",
  };
  const ask = async () => {
    try {
      const response = await fetch(identity, {
        headers: { accept: "application/json", "x-requested-with": "XMLHttpRequest" },
        cache: "no-store", redirect: "manual",
      });
      if (response.type === "opaqueredirect" || response.status === 401) return "ended";
      if (response.status === 403) return "other";
      if (!response.ok) return "unknown";
      const found = await response.json().catch(() => ({}));
      if (typeof found.principal !== "string") return "ended";
      return found.principal === principal ? "same" : "other";
    } catch {
      return "unknown";
    }
  };
  const show = (state) => {
    const text = words[state];
    notice.hidden = text === undefined;
    if (text === undefined) return;
    const link = document.createElement("a");
    link.textContent = state === "ended" ? "Sign in again" : "Reload";
    link.href = state === "ended" ? signIn : location.pathname + location.search;
    if (state === "ended") { link.target = "_blank"; link.rel = "noopener"; }
    notice.replaceChildren(text + " ", link);
    notice.scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = event.submitter;
    if (button) button.disabled = true;
    const state = await ask();
    show(state);
    if (state === "same" || state === "unknown") HTMLFormElement.prototype.submit.call(event.target);
    else if (button) button.disabled = false;
  });
  let asked = Date.now();
  const look = async () => {
    if (document.visibilityState !== "visible" || Date.now() - asked < 15000) return;
    asked = Date.now();
    show(await ask());
  };
  document.addEventListener("visibilitychange", look);
  addEventListener("focus", look);
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
})();
`;

/** For script-src of the content security policy (CSP 3 §2.3.1). */
export const sessionGuardHash = `sha256-${createHash("sha256").update(sessionGuard).digest("base64")}`;
