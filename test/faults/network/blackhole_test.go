//go:build faults

package network_test

import (
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// listenToNobody is an address of IPv6 whose packets go nowhere, as behind a router
// that drops them: that of a socket whose queue is full, and who drops what more
// wants to join it.
func listenToNobody() string {
	GinkgoHelper()
	socket, err := syscall.Socket(syscall.AF_INET6, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { Expect(syscall.Close(socket)).To(Succeed()) })
	Expect(syscall.Bind(socket, &syscall.SockaddrInet6{Addr: [16]byte{15: 1}})).To(Succeed())
	Expect(syscall.Listen(socket, 0)).To(Succeed())
	name, err := syscall.Getsockname(socket)
	Expect(err).NotTo(HaveOccurred())
	bound, ok := name.(*syscall.SockaddrInet6)
	Expect(ok).To(BeTrue())
	address := fmt.Sprintf("[::1]:%d", bound.Port)

	const queue, patience = 8, 300 * time.Millisecond
	for range queue {
		dialer := net.Dialer{Timeout: patience}
		connection, err := dialer.Dial("tcp", address)
		var network net.Error
		if errors.As(err, &network) && network.Timeout() {
			return address
		}
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(connection.Close)
	}
	Fail("a full queue takes more connections")
	return ""
}
