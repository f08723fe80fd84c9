package genai

import "github.com/watchllm/watchllm/internal/semconv"

// field is one fact that a span may carry, under whatever name.
type field uint8

const (
	_ field = iota

	// What the span is.
	fieldOperation
	fieldKind // the dialect's own name for what the span is

	// Who answered.
	fieldProvider
	fieldRequestModel
	fieldResponseModel
	fieldModel // request or response model, the dialect does not say which
	fieldResponseID
	fieldServerAddress
	fieldRequestTier
	fieldResponseTier
	fieldSpeed
	fieldBatch
	fieldRegion
	fieldCloudRegion // region of the cloud account, which is where the provider is only where the cloud is the provider
	fieldThinking
	fieldSearchContext
	fieldImageSize
	fieldImageQuality

	// Counts.
	fieldInput
	fieldOutput
	fieldCacheRead
	fieldCacheWrite
	fieldCacheWrite5m
	fieldCacheWrite1h
	fieldReasoning
	fieldTotal
	fieldUncached // input without cache, where a client sends it beside the whole
	fieldAudioInput
	fieldAudioCacheRead
	fieldAudioOutput
	fieldImageInput
	fieldImageOutput
	fieldVideoInput
	fieldCitation
	fieldWebSearches
	fieldSearchUnits
	fieldImages
	fieldPages
	fieldCharacters
	fieldMilliseconds
	fieldImageCacheRead
	fieldFileSearches
	fieldDocumentSearches
	fieldMapSearches
	fieldSearchSources
	fieldCodeExecutions
	fieldCodeSessions
	fieldCodeMilliseconds
	fieldSeconds
	fieldUsageBasis
	fieldUsageSource
	fieldUsageFlags

	// Money.
	fieldReportedCost
	fieldBilledCost  // the provider's own figure, out of its usage object
	fieldBilledTicks // the same in ten thousand millionths of a dollar
	fieldRouted      // only OpenRouter writes it, on spans of its own
	fieldWireUsage   // the provider's own usage object, JSON

	// Course and end.
	fieldStream
	fieldTTFT       // seconds
	fieldTTFTMillis // milliseconds
	fieldFinishReasons
	fieldFinishReasonRaw
	fieldErrorType
	fieldHTTPStatus

	// Whose call it is.
	fieldConversationID
	fieldUserID
	fieldAgentName
	fieldWorkflowName
	fieldToolName
	fieldPromptName
	fieldPromptVersion

	// Carried over as they are.
	fieldMaxTokens
	fieldTemperature
	fieldTopP
	fieldTopK
	fieldFrequencyPenalty
	fieldPresencePenalty
	fieldChoiceCount
	fieldSeed
	fieldStopSequences
	fieldEncodingFormats
	fieldReasoningLevel
	fieldPreviousResponseID
	fieldOutputType
	fieldAgentID
	fieldToolType
	fieldToolCallID
	fieldToolArguments
	fieldToolResult
	fieldToolDefinitions
	fieldDataSourceID
	fieldRetrievalQuery
	fieldInputMessages
	fieldOutputMessages
	fieldSystemInstructions
	fieldSystemFingerprint

	// Needed by one dialect's adjustment only.
	fieldEntityName
	fieldInputValue
	fieldOutputValue
	fieldOutputText // the words of the answer and nothing else, where its kinds of content have names of their own
	fieldOutputReasoning
	fieldOutputToolCalls
	fieldOutputObject
	fieldProviderMetadata
	fieldInvocationParameters
	fieldUsageJSON   // counts in one piece of JSON, or a map
	fieldUsageDetail // more of them
	fieldOutputDetail
	fieldCostJSON
	fieldFirstChunkAt // a time of day
	fieldLevel
	fieldAnswerJSON // a provider's whole answer
	fieldAskedJSON  // a whole request
	fieldMoreInput  // a second carrier of input or output
	fieldMoreOutput
	fieldErrorText  // an error in free text or JSON, in which a class may be found
	fieldCacheApart // true where the client says that its input leaves cached tokens out
	fieldDialect
	fieldDialectVersion
	fieldRole
	fieldEvidence // anything else that only an answered model call has

	numFields
)

// shape is the type a carried-over field has in the canonical form.
type shape uint8

const (
	shapeNone shape = iota
	shapeString
	shapeInt
	shapeDouble
	shapeAny
)

// canonicalKeys is the name each field is written under. Fields without a name here decide others and are not written themselves.
var canonicalKeys = [numFields]string{
	fieldOperation:        semconv.GenAIOperationName,
	fieldProvider:         semconv.GenAIProviderName,
	fieldRequestModel:     semconv.GenAIRequestModel,
	fieldResponseModel:    semconv.GenAIResponseModel,
	fieldResponseID:       semconv.GenAIResponseID,
	fieldServerAddress:    semconv.ServerAddress,
	fieldRequestTier:      semconv.OpenAIRequestServiceTier,
	fieldResponseTier:     semconv.OpenAIResponseServiceTier,
	fieldInput:            semconv.GenAIUsageInputTokens,
	fieldOutput:           semconv.GenAIUsageOutputTokens,
	fieldCacheRead:        semconv.GenAIUsageCacheReadInputTokens,
	fieldCacheWrite:       semconv.GenAIUsageCacheWriteInputTokens,
	fieldCacheWrite5m:     semconv.WatchLLMUsageCacheWrite5mInputTokens,
	fieldCacheWrite1h:     semconv.WatchLLMUsageCacheWrite1hInputTokens,
	fieldReasoning:        semconv.GenAIUsageReasoningOutputTokens,
	fieldAudioInput:       semconv.GenAIUsageAudioInputTokens,
	fieldAudioCacheRead:   semconv.GenAIUsageAudioCacheReadInputTokens,
	fieldAudioOutput:      semconv.GenAIUsageAudioOutputTokens,
	fieldImageInput:       semconv.GenAIUsageImageInputTokens,
	fieldImageOutput:      semconv.GenAIUsageImageOutputTokens,
	fieldVideoInput:       semconv.GenAIUsageVideoInputTokens,
	fieldCitation:         semconv.WatchLLMUsageCitationOutputTokens,
	fieldWebSearches:      semconv.WatchLLMUsageWebSearches,
	fieldSearchUnits:      semconv.WatchLLMUsageSearchUnits,
	fieldImages:           semconv.WatchLLMUsageImages,
	fieldPages:            semconv.WatchLLMUsagePages,
	fieldCharacters:       semconv.WatchLLMUsageCharacters,
	fieldMilliseconds:     semconv.WatchLLMUsageDurationMs,
	fieldImageCacheRead:   semconv.WatchLLMUsageImageCacheReadInputTokens,
	fieldFileSearches:     semconv.WatchLLMUsageFileSearches,
	fieldDocumentSearches: semconv.WatchLLMUsageDocumentSearches,
	fieldMapSearches:      semconv.WatchLLMUsageMapSearches,
	fieldSearchSources:    semconv.WatchLLMUsageSearchSources,
	fieldCodeExecutions:   semconv.WatchLLMUsageCodeExecutions,
	fieldCodeSessions:     semconv.WatchLLMUsageCodeSessions,
	fieldCodeMilliseconds: semconv.WatchLLMUsageCodeDurationMs,
	fieldReportedCost:     semconv.WatchLLMCostReported,
	fieldBatch:            semconv.WatchLLMCallBatch,
	fieldSpeed:            semconv.WatchLLMCallSpeed,
	fieldRegion:           semconv.WatchLLMCallRegion,
	fieldThinking:         semconv.WatchLLMCallThinking,
	fieldSearchContext:    semconv.WatchLLMCallSearchContext,
	fieldImageSize:        semconv.WatchLLMCallImageSize,
	fieldImageQuality:     semconv.WatchLLMCallImageQuality,
	fieldUsageBasis:       semconv.WatchLLMUsageBasis,
	fieldUsageFlags:       semconv.WatchLLMUsageFlags,

	fieldStream:          semconv.GenAIRequestStream,
	fieldTTFT:            semconv.GenAIResponseTimeToFirstChunk,
	fieldFinishReasons:   semconv.GenAIResponseFinishReasons,
	fieldFinishReasonRaw: semconv.WatchLLMFinishReasonRaw,
	fieldErrorType:       semconv.ErrorType,

	fieldConversationID: semconv.GenAIConversationID,
	fieldUserID:         semconv.WatchLLMUserID,
	fieldAgentName:      semconv.GenAIAgentName,
	fieldWorkflowName:   semconv.GenAIWorkflowName,
	fieldToolName:       semconv.GenAIToolName,
	fieldPromptName:     semconv.GenAIPromptName,
	fieldPromptVersion:  semconv.GenAIPromptVersion,

	fieldMaxTokens:          semconv.GenAIRequestMaxTokens,
	fieldTemperature:        semconv.GenAIRequestTemperature,
	fieldTopP:               semconv.GenAIRequestTopP,
	fieldTopK:               semconv.GenAIRequestTopK,
	fieldFrequencyPenalty:   semconv.GenAIRequestFrequencyPenalty,
	fieldPresencePenalty:    semconv.GenAIRequestPresencePenalty,
	fieldChoiceCount:        semconv.GenAIRequestChoiceCount,
	fieldSeed:               semconv.GenAIRequestSeed,
	fieldStopSequences:      semconv.GenAIRequestStopSequences,
	fieldEncodingFormats:    semconv.GenAIRequestEncodingFormats,
	fieldReasoningLevel:     semconv.GenAIRequestReasoningLevel,
	fieldPreviousResponseID: semconv.GenAIRequestPreviousResponseID,
	fieldOutputType:         semconv.GenAIOutputType,
	fieldAgentID:            semconv.GenAIAgentID,
	fieldToolType:           semconv.GenAIToolType,
	fieldToolCallID:         semconv.GenAIToolCallID,
	fieldToolArguments:      semconv.GenAIToolCallArguments,
	fieldToolResult:         semconv.GenAIToolCallResult,
	fieldToolDefinitions:    semconv.GenAIToolDefinitions,
	fieldDataSourceID:       semconv.GenAIDataSourceID,
	fieldRetrievalQuery:     semconv.GenAIRetrievalQueryText,
	fieldInputMessages:      semconv.GenAIInputMessages,
	fieldOutputMessages:     semconv.GenAIOutputMessages,
	fieldSystemInstructions: semconv.GenAISystemInstructions,
	fieldSystemFingerprint:  semconv.OpenAIResponseSystemFingerprint,

	fieldDialect:        semconv.WatchLLMDialect,
	fieldDialectVersion: semconv.WatchLLMDialectVersion,
	fieldRole:           semconv.WatchLLMRole,
}

// carriedShapes are the fields that no rule looks into: they are only moved to their canonical name and type.
var carriedShapes = [numFields]shape{
	fieldMaxTokens:          shapeInt,
	fieldTemperature:        shapeDouble,
	fieldTopP:               shapeDouble,
	fieldTopK:               shapeDouble,
	fieldFrequencyPenalty:   shapeDouble,
	fieldPresencePenalty:    shapeDouble,
	fieldChoiceCount:        shapeInt,
	fieldSeed:               shapeInt,
	fieldStopSequences:      shapeAny,
	fieldEncodingFormats:    shapeAny,
	fieldReasoningLevel:     shapeString,
	fieldPreviousResponseID: shapeString,
	fieldOutputType:         shapeString,
	fieldAgentID:            shapeString,
	fieldToolType:           shapeString,
	fieldToolCallID:         shapeString,
	fieldDataSourceID:       shapeString,
	fieldRetrievalQuery:     shapeString,
	fieldSystemFingerprint:  shapeString,
}
