import { welcomeTickets } from "./welcome-tickets";

const tickets = (subject: string) =>
  welcomeTickets({ principal: `principal://pool/subject/${subject}`, email: `${subject}@ailab.com`, accessLevels: [] });

it("are two different ones, the same for a person at every start, other ones for another person", () => {
  for (let number = 0; number < 200; number += 1) {
    const [first, second] = tickets(`person-${number}`);
    expect(first.subject).not.toBe(second.subject);
  }
  expect(tickets("a")).toEqual(tickets("a"));
  expect(tickets("a")).not.toEqual(tickets("b"));
});
