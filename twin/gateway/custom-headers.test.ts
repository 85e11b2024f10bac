import { clientCertificateRequestHeaders } from "../../facts/client-certificate-headers";
import { expandCustomHeaders } from "./custom-headers";

describe("expandCustomHeaders", () => {
  it("fills variables in, also several in one value", () => {
    expect(expandCustomHeaders(["X-A: {one}; {two} ", "X-B:plain:with:colons"], { one: "1", two: "2" })).toEqual([
      { name: "X-A", value: "1; 2" },
      { name: "X-B", value: "plain:with:colons" },
    ]);
  });

  it("resolves every variable to nothing where there is no mutual TLS, so that the client's own values go", () => {
    for (const { value } of expandCustomHeaders(clientCertificateRequestHeaders, {})) expect(value).toBe("");
  });

  it("reads doubled braces as braces, and names of Object's own as no variable", () => {
    expect(expandCustomHeaders(["X-A:{{one}}", "X-B:{constructor}{to_string}"], { one: "1" })).toEqual([
      { name: "X-A", value: "{one}" },
      { name: "X-B", value: "" },
    ]);
  });
});
