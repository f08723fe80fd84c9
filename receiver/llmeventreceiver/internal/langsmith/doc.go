// Package langsmith reads the JSON and multipart API that the LangSmith SDKs, and LangChain's tracer, send runs to.
package langsmith
