// Checks notes, cosignatures, tiles' proofs and roots of ours with golang.org/x/mod/sumdb, which is not ours.
//
//	JSON on standard input  ->  note.Open, tlog.CheckRecord, tlog.CheckTree  ->  "ok", or what does not hold
package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type inclusion struct {
	Index int64
	Entry []byte
	Proof [][]byte
}

type consistency struct {
	Old   int64
	Root  []byte
	Proof [][]byte
}

type log struct {
	Note          string
	Size          int64
	Root          []byte
	Inclusions    []inclusion
	Consistencies []consistency
}

type input struct {
	Vkey    string
	Witness struct {
		Name   string
		Public []byte
	}
	Logs []log
}

func hash(b []byte) (h tlog.Hash) {
	if len(b) != tlog.HashSize {
		fail("a hash of %d bytes", len(b))
	}
	copy(h[:], b)
	return
}

func hashes(list [][]byte) (made []tlog.Hash) {
	for _, one := range list {
		made = append(made, hash(one))
	}
	return
}

func fail(format string, arguments ...any) {
	fmt.Printf(format+"\n", arguments...)
	os.Exit(1)
}

func cosigned(opened *note.Note, name string, public []byte) bool {
	for _, line := range opened.UnverifiedSigs {
		if line.Name != name {
			continue
		}
		raw, err := base64.StdEncoding.DecodeString(line.Base64)
		if err != nil || len(raw) != 4+8+64 {
			continue
		}
		said := fmt.Sprintf("cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(raw[4:12]), opened.Text)
		if ed25519.Verify(public, []byte(said), raw[12:]) {
			return true
		}
	}
	return false
}

func main() {
	var in input
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		fail("input: %v", err)
	}
	verifier, err := note.NewVerifier(in.Vkey)
	if err != nil {
		fail("vkey: %v", err)
	}
	for _, one := range in.Logs {
		opened, err := note.Open([]byte(one.Note), note.VerifierList(verifier))
		if err != nil {
			fail("size %d: note: %v", one.Size, err)
		}
		lines := strings.Split(opened.Text, "\n")
		if lines[1] != fmt.Sprint(one.Size) || lines[2] != base64.StdEncoding.EncodeToString(one.Root) {
			fail("size %d: the note says another tree", one.Size)
		}
		if !cosigned(opened, in.Witness.Name, in.Witness.Public) {
			fail("size %d: no cosignature", one.Size)
		}
		if _, err := note.Open([]byte(strings.Replace(one.Note, lines[1], lines[1]+"0", 1)), note.VerifierList(verifier)); err == nil {
			fail("size %d: a changed note was opened", one.Size)
		}
		root := hash(one.Root)
		for _, each := range one.Inclusions {
			proof, leaf := hashes(each.Proof), tlog.RecordHash(each.Entry)
			if err := tlog.CheckRecord(proof, one.Size, root, each.Index, leaf); err != nil {
				fail("size %d: entry %d: %v", one.Size, each.Index, err)
			}
			if err := tlog.CheckRecord(proof, one.Size, root, each.Index, tlog.RecordHash([]byte("x"))); err == nil {
				fail("size %d: entry %d: another entry was accepted", one.Size, each.Index)
			}
		}
		for _, each := range one.Consistencies {
			if err := tlog.CheckTree(hashes(each.Proof), one.Size, root, each.Old, hash(each.Root)); err != nil {
				fail("size %d: tree of %d: %v", one.Size, each.Old, err)
			}
		}
	}
	fmt.Println("ok")
}
