package aliyun

import "context"

// Read makes a call and decodes its reply.
func Read[Reply any](ctx context.Context, client *Client, operation Operation, parameters map[string]string) (Reply, error) {
	var reply Reply
	response, err := client.Call(ctx, operation, parameters)
	if err != nil {
		return reply, err
	}
	return reply, response.Decode(&reply)
}
