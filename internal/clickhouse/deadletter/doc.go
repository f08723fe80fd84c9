// Package deadletter keeps data that the store refused for good in a folder, with the reason, until somebody decides.
package deadletter
