package edgeprobe_test

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"golang.org/x/net/dns/dnsmessage"
)

// zone is what a name server answers: for each name, the addresses of each time
// that it is asked, the last ones for good. A name that begins with "cname-" leads to
// the rest of it.
type zone map[string][][]string

// nameServer is a name server on loopback.
type nameServer struct {
	*net.Resolver
	zone  zone
	mutex sync.Mutex
	asked map[string]int // by type and name
}

// serveNames starts a name server.
func serveNames(zone zone) *nameServer {
	GinkgoHelper()
	socket, err := (&net.ListenConfig{}).ListenPacket(context.Background(), "udp", "127.0.0.1:0")
	Expect(err).NotTo(HaveOccurred())
	server := &nameServer{zone: zone, asked: map[string]int{}}
	server.Resolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", socket.LocalAddr().String())
	}}
	var serving sync.WaitGroup
	serving.Go(func() {
		defer GinkgoRecover()
		packet := make([]byte, 1500)
		for {
			n, from, err := socket.ReadFrom(packet)
			if err != nil {
				return
			}
			if _, err := socket.WriteTo(server.answer(packet[:n]), from); err != nil {
				return
			}
		}
	})
	DeferCleanup(func() {
		Expect(socket.Close()).To(Succeed())
		serving.Wait()
	})
	return server
}

// names are those that were asked for, each once.
func (s *nameServer) names() []string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	var names []string
	for key := range s.asked {
		if name, found := strings.CutPrefix(key, dnsmessage.TypeA.String()+" "); found {
			names = append(names, name)
		}
	}
	return names
}

// answer answers one question.
func (s *nameServer) answer(packet []byte) []byte {
	var query dnsmessage.Message
	Expect(query.Unpack(packet)).To(Succeed())
	question := query.Questions[0]
	reply := dnsmessage.Message{Questions: query.Questions}
	reply.ID, reply.Response, reply.RecursionAvailable, reply.RCode = query.ID, true, true, dnsmessage.RCodeNameError
	name := question.Name.String()
	for {
		rest, leads := strings.CutPrefix(name, "cname-")
		if !leads {
			break
		}
		reply.Answers = append(reply.Answers, resource(name, dnsmessage.TypeCNAME, &dnsmessage.CNAMEResource{CNAME: dnsmessage.MustNewName(rest)}))
		name = rest
	}
	for _, address := range s.turn(question.Type, name) {
		reply.RCode = dnsmessage.RCodeSuccess
		switch parsed := netip.MustParseAddr(address); {
		case parsed.Is4() && question.Type == dnsmessage.TypeA:
			reply.Answers = append(reply.Answers, resource(name, dnsmessage.TypeA, &dnsmessage.AResource{A: parsed.As4()}))
		case parsed.Is6() && question.Type == dnsmessage.TypeAAAA:
			reply.Answers = append(reply.Answers, resource(name, dnsmessage.TypeAAAA, &dnsmessage.AAAAResource{AAAA: parsed.As16()}))
		}
	}
	packed, err := reply.Pack()
	Expect(err).NotTo(HaveOccurred())
	return packed
}

// turn is what a name stands for this time.
func (s *nameServer) turn(kind dnsmessage.Type, name string) []string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	key := kind.String() + " " + name
	turns := s.zone[strings.TrimSuffix(name, ".")]
	at := s.asked[key]
	s.asked[key]++
	if len(turns) == 0 {
		return nil
	}
	return turns[min(at, len(turns)-1)]
}

func resource(name string, kind dnsmessage.Type, body dnsmessage.ResourceBody) dnsmessage.Resource {
	return dnsmessage.Resource{
		Header: dnsmessage.ResourceHeader{Name: dnsmessage.MustNewName(name), Type: kind, Class: dnsmessage.ClassINET, TTL: uint32(time.Minute.Seconds())},
		Body:   body,
	}
}
