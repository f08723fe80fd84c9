// Package imports builds the imported layer of the price book from the tables of two public packages: litellm, which has conditions
// and no dates, and genai-prices, which has dates and few conditions. The layer is a pure function of the pinned packages.
package imports
