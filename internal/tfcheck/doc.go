// Package tfcheck runs Terraform over copies of the project's modules, so that checking them leaves nothing behind in
// the tree: no .terraform folder, no lock file, no state.
//
// The AWS provider comes from Terraform's registry where that can be reached. Where it cannot, a stand-in serves that
// knows the provider's schema and opens no connection; it can plan and, unlike the real one, apply without an account,
// so that tests can read rendered policies.
package tfcheck
