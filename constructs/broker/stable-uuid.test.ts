import { stableUuid } from "./stable-uuid";

describe("a stable UUID", () => {
  it("is of version 5, as another implementation makes it", () => {
    // Python: uuid.uuid5(uuid.UUID("7c1f4b7e-2b0c-4b43-9c5d-0f7a4a1c9e52"), "dev/app-role/Gcp.Federate")
    expect(stableUuid("dev/app-role/Gcp.Federate")).toBe("d350e7c9-1088-53e4-adfc-26724b1767ef");
  });

  it("differs from name to name", () => {
    expect(stableUuid("prod/app-role/Gcp.Federate")).not.toBe(stableUuid("dev/app-role/Gcp.Federate"));
  });
});
