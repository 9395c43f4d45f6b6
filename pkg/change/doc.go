// Package change turns DynamoDB stream records, as Lambda delivers them, into Changes.
package change
