// Package siterules judges traffic by what a plant has laid down for itself: who may
// publish what and how often, which payload a topic carries, which host may write
// which data of a controller. No standard says it, a Policy does; it usually comes
// from a profile (package rules/profile).
package siterules
