@NullMarked
package io.penstock.provisioning.account;

import org.jspecify.annotations.NullMarked;
