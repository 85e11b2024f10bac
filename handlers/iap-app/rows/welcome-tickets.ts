import { createHash } from "node:crypto";
import type { Identity } from "../identity";
import type { NewTicket } from "./ticket-repository";

const topics = [
  "Laptop does not wake from sleep",
  "Second monitor flickers",
  "Access to the shared calendar",
  "Badge does not open the laboratory",
  "Printer on the second floor is out of toner",
  "Telephone forwards to the wrong desk",
  "Request for a standing desk",
] as const;

/**
 * Two sample tickets for a person seen for the first time. The embedded database starts empty and cannot know who will
 * come, since principals depend on the environment's pool; so each person brings their own, chosen by their principal
 * and addressed to them, and one sees at a glance that two people see different rows.
 */
export function welcomeTickets({ principal, email }: Identity): readonly [NewTicket, NewTicket] {
  const [first = 0, second = 0] = createHash("sha256").update(principal).digest();
  const start = first % topics.length;
  const other = (start + 1 + (second % (topics.length - 1))) % topics.length;
  return [sample(topics[start], email), sample(topics[other], email)];
}

const sample = (subject: string = topics[0], email: string): NewTicket => ({
  subject,
  description: `Sample ticket of ${email}, made at the first visit. Only they and their manager see it.`,
});
