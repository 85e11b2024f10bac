import { spawn } from "node:child_process";
import { startMutualTlsBroker } from "../../handlers/token-broker/testing/mutual-tls-broker";
import { unsignedJwt } from "../../handlers/token-broker/testing/source-tools";
import { agentCommand } from "./agent-command";
it("x", async () => {
  const b = await startMutualTlsBroker();
  const c = new AbortController(); const out: string[]=[];
  const done = agentCommand({ broker: b.broker, ...b.files, clientId: "batch job", projectNumber: "710000000001" }, { environment: {}, print: (t)=>{out.push(t); console.log(t)}, say: (t)=>console.log(t), signal: c.signal });
  while(!out[0]) await new Promise(r=>setTimeout(r,50));
  const host = /GCE_METADATA_HOST=(\S+)/.exec(out[0])?.[1] ?? "";
  const run = (cmd: string) => new Promise<string>(res=>{ const p=spawn("bash",["-c",cmd],{env:{...process.env,GCE_METADATA_HOST:host,GCE_METADATA_ROOT:host,GCE_METADATA_IP:host, CLOUDSDK_CONFIG:"/tmp/gcfg"+Date.now()}}); let t=""; p.stdout.on("data",d=>t+=d);p.stderr.on("data",d=>t+=d);p.on("close",()=>res(t)); });
  console.log(await run(`curl -s -H "Metadata-Flavor: Google" http://${host}/computeMetadata/v1/instance/service-accounts/default/token; echo; curl -s http://${host}/; curl -s http://${host}/computeMetadata/v1/`));
  console.log(await run(`node -e 'const {GoogleAuth}=require("google-auth-library"); process.env.METADATA_SERVER_DETECTION="assume-present"; (async()=>{const a=new GoogleAuth({scopes:"https://www.googleapis.com/auth/cloud-platform"}); const c=await a.getClient(); console.log(c.constructor.name, (await c.getAccessToken()).token, await a.getProjectId())})().catch(e=>console.log("ERR",e))'`));
  console.log(await run(`python3 -c '
import google.auth, google.auth.transport.requests as r
c,p=google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"]); c.refresh(r.Request()); print(type(c), p, c.token[:20], c.service_account_email)'`));
  b.upstreams.plan("iamCredentials", {status:200, body:{token: unsignedJwt({exp: Math.floor(Date.now()/1000)+3600, email: "x"})}});
  console.log(await run(`time gcloud auth list; time gcloud auth print-access-token; gcloud config list; gcloud auth print-identity-token --audiences=https://reports.ailab.com`));
  c.abort(); console.log(await done); await b.close();
}, 120000);
