// Package live keeps a price book that follows the user's price files while calls are priced with it.
package live
