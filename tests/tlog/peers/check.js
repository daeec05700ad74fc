// Checks inclusion proofs of ours with @sigstore/verify, and disclosures with @sd-jwt/decode: neither is ours.
//
//   JSON on standard input  ->  verifyMerkleInclusion, unpack  ->  "ok", or what does not hold
const { createHash } = require("node:crypto");
const path = require("node:path");

const modules = process.argv[2];
const { verifyMerkleInclusion } = require(path.join(modules, "@sigstore/verify/dist/timestamp/merkle.js"));
const { unpack } = require(path.join(modules, "@sd-jwt/decode"));
const { Disclosure } = require(path.join(modules, "@sd-jwt/utils"));

const bytes = (text) => Buffer.from(text, "base64");
const hasher = (data) => createHash("sha256").update(data).digest();

async function main() {
  const input = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
  let accepted = 0;
  for (const log of input.Logs) {
    for (const one of log.Inclusions) {
      const entry = (body) => ({
        canonicalizedBody: body,
        inclusionProof: {
          logIndex: String(one.Index),
          treeSize: String(log.Size),
          rootHash: bytes(log.Root),
          hashes: one.Proof.map(bytes),
        },
      });
      verifyMerkleInclusion(entry(bytes(one.Entry)));
      accepted += 1;
      let refused = false;
      try {
        verifyMerkleInclusion(entry(Buffer.from("x")));
      } catch {
        refused = true;
      }
      if (!refused) throw new Error(`size ${log.Size}: another entry was accepted`);
    }
  }
  const entry = JSON.parse(bytes(input.Entry).toString());
  const disclosures = await Promise.all(
    input.Disclosures.map((one) => Disclosure.fromEncode(one, { alg: "sha-256", hasher })),
  );
  const { unpackedObj } = await unpack(entry, disclosures, hasher);
  const wanted = JSON.stringify(input.Hidden);
  const found = JSON.stringify(Object.fromEntries(Object.keys(input.Hidden).map((name) => [name, unpackedObj[name]])));
  if (found !== wanted) throw new Error(`disclosed ${found}, not ${wanted}`);
  const other = await unpack(entry, disclosures.slice(1), hasher);
  if (Object.keys(input.Hidden)[0] in other.unpackedObj) throw new Error("what was not disclosed is there");
  if (accepted < 10) throw new Error("too few proofs");
  console.log("ok");
}

main().catch((error) => {
  console.log(String(error));
  process.exit(1);
});
