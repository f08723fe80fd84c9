// Package vendorjson turns the JSON of other vendors' clients into attributes, times and ids, the same way for every vendor.
package vendorjson
