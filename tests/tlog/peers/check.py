"""Checks a log of ours with aics-tlog, which is not ours: notes, cosignatures, tiles, proofs.

folder, JSON on standard input  ->  parse_note, verify_checkpoint, audit_tiles, verify_*  ->  "ok"
"""

import base64
import json
import sys

import aics_tlog as peer


def main(folder: str) -> None:
    given = json.load(sys.stdin)
    key, witness = peer.parse_vkey(given["Vkey"]), peer.parse_vkey(given["Witness"]["Vkey"])
    for log in given["Logs"]:
        root, size = base64.b64decode(log["Root"]), log["Size"]
        note = peer.parse_note(log["Note"])
        checked = peer.verify_checkpoint(note, key, [witness], 1)
        assert checked.ok, checked
        for one in log["Inclusions"]:
            proof = [base64.b64decode(hash) for hash in one["Proof"]]
            entry = base64.b64decode(one["Entry"])
            assert peer.verify_inclusion(peer.leaf_hash(entry), one["Index"], size, proof, root)
            assert not peer.verify_inclusion(peer.leaf_hash(b"x"), one["Index"], size, proof, root)
        for one in log["Consistencies"]:
            proof = [base64.b64decode(hash) for hash in one["Proof"]]
            assert peer.verify_consistency(
                one["Old"], size, base64.b64decode(one["Root"]), root, proof
            )
    last = given["Logs"][-1]
    reader = peer.FileSystemTileReader(folder)
    peer.audit_tiles(reader, last["Size"], base64.b64decode(last["Root"]))
    print("ok")


if __name__ == "__main__":
    main(sys.argv[1])
