import { RequestTally } from "./request-tally";

describe("RequestTally", () => {
  it("gives counters by outcome and a cumulative histogram, in Prometheus's text form", () => {
    const tally = new RequestTally("x_");
    const issued = tally.counting("/t", "issued");
    for (const seconds of [0.0005, 0.0006, 0.3, 1_000]) issued(seconds, 1);
    tally.counting("/t", "client_not_listed")(0.02, 1);
    tally.counting("/other", "issued");
    const lines = tally.text().split("\n");
    expect(lines.filter((line) => line.startsWith("x_requests_total"))).toEqual([
      'x_requests_total{endpoint="/t",outcome="issued"} 4',
      'x_requests_total{endpoint="/t",outcome="client_not_listed"} 1',
    ]);
    const buckets = lines.filter((line) => line.includes('endpoint="/t"') && line.includes("_bucket"));
    expect(buckets.map((line) => line.replace(/.*le="([^"]+)".* /, "$1 "))).toEqual([
      "0.0005 1",
      "0.001 2",
      "0.0025 2",
      "0.005 2",
      "0.01 2",
      "0.05 3",
      "0.1 3",
      "0.5 4",
      "1 4",
      "5 4",
      "20 4",
      "60 4",
      "300 4",
      "+Inf 5",
    ]);
    expect(lines).toContain('x_request_seconds_count{endpoint="/t"} 5');
    expect(lines).toContain('x_request_seconds_count{endpoint="/other"} 0');
    expect(lines.find((line) => line.startsWith('x_request_seconds_sum{endpoint="/t"}'))).toMatch(/ 1000\.32/);
    expect(tally.text().endsWith("\n")).toBe(true);
  });

  it("counts what is asked for twice under one name, and several answers at once", () => {
    const tally = new RequestTally("x_");
    tally.counting("/t", "issued")(1, 1);
    tally.counting("/t", "issued")(2, 10);
    expect(tally.text()).toContain('x_requests_total{endpoint="/t",outcome="issued"} 11');
    expect(tally.text()).toContain('x_request_seconds_bucket{le="1",endpoint="/t"} 1\n');
    expect(tally.text()).toContain('x_request_seconds_bucket{le="5",endpoint="/t"} 11\n');
    expect(tally.text()).toContain('x_request_seconds_sum{endpoint="/t"} 21\n');
  });
});
